"""The rules of harmful content, one file a topic."""
