"""The rules of attempts at the model's instructions, one file a kind."""
