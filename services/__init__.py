"""Sluice's services: everything the console, the gateway and the command line stand on."""
