"""Orders to a gateway, and what comes of them: the way forward, and the way back."""
