"""The live feed and its catch-up: events in the caller's scope, straight from the topics."""
