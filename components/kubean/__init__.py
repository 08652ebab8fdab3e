"""What Kubean is told about a cluster, and what it answers; knows neither Pulumi nor a cluster."""
