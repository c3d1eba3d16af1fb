"""The tests. A package of this name that a dependency installs would otherwise come before them."""
