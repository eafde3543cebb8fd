"""What the `sezon` command line does, one command a module; each is imported when it is asked for."""
