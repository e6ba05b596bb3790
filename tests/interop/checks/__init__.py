"""What the peer and the programs must do with each other, check by check."""
