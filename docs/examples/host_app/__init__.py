"""An application with columns and tables of its own next to trackercore's."""
