"""Average precision of Cleanlab's scores: reads {labels, probabilities, changed}, prints the list for its three methods."""
import json
import sys

import numpy as np
from cleanlab.rank import get_label_quality_scores
from sklearn.metrics import average_precision_score

given = json.load(sys.stdin)
labels = np.array(given["labels"])
probabilities = np.array(given["probabilities"])
methods = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")
scores = [get_label_quality_scores(labels, probabilities, method=method) for method in methods]
print(json.dumps([average_precision_score(given["changed"], -score) for score in scores]))
