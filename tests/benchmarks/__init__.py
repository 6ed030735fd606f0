"""How long the library takes, compared with the driver alone and with other libraries."""
