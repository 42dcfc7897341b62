"""Analytics: marts built only from the events of the other services, and the head office's questions to them."""
