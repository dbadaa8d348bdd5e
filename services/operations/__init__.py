"""What the console, the admin API and the command line do: reads (views) and commands."""
