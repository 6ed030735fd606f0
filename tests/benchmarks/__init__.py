"""How long the library takes, beside the best that the driver alone can do, and beside others."""
