"""With the extras installed, as in the docs session, no page of the reference is skipped."""

from tests.docs.test_function_tables import test_the_tables_of_functions_are_up_to_date

__all__ = ["test_the_tables_of_functions_are_up_to_date"]
