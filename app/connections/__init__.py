"""What is known of the connections to forges: where Apps are installed, our webhooks, what is wrong."""
