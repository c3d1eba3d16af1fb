"""The functions behind the clients' methods, one module for each operation."""
