"""How good the models are, by one protocol for all of them."""
