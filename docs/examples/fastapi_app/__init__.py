"""A backend for habits, tasks and study on trackercore's public API.

From a clone: uvicorn --app-dir docs/examples fastapi_app.app:app
"""
