"""The evaluation of key institutions and doctors: score models, percentile scores, tiers, overrides."""
