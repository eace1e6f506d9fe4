"""What is read of tables without a JVM."""
