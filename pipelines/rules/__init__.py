"""What must hold of a SparkApplication before it is submitted; every rule comes from something that went wrong."""
