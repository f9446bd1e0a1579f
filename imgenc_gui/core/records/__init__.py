"""What is handed from stage to stage: methods, results, failures and warnings. Nothing here reads or computes."""
