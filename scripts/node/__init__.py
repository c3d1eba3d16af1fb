"""What runs on Node: the locked node itself, and npm packages at the versions of a lock file."""
