"""Jobs: process shells that turn arguments into a request, run one step and report."""
