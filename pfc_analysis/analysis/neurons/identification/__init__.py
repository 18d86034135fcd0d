"""Would the comparison of encoding models find the truth? Simulated neurons of known origin."""
