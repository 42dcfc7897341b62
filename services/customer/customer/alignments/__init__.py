"""Territory alignment: which territory and which representative cover an institution for a product line, over time."""
