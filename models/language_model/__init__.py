"""Language models: text that is asked for, bounded in tokens and time, in a given shape where one is given."""
