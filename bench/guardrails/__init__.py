"""How well screening and masking find what they should, on labelled texts that come with them."""
