"""Average precision of Cleanlab's scores of several labels a picture: reads {truth, probabilities, changed}, prints a list.

In order: each label's self-confidence, pooled by its moving average (the default); the same by the least one; the pictures that its
filter finds, by their scores.
"""
import json
import sys

import numpy as np
from cleanlab.multilabel_classification import get_label_quality_scores
from cleanlab.multilabel_classification.filter import find_label_issues
from sklearn.metrics import average_precision_score

given = json.load(sys.stdin)
truth = given["truth"]
probabilities = np.array(given["probabilities"])
pools = ({"method": "exponential_moving_average", "alpha": 0.8}, {"method": np.min})
scores = [
    get_label_quality_scores(truth, probabilities, method="self_confidence", aggregator_kwargs=pool) for pool in pools
]
found = find_label_issues(truth, probabilities, return_indices_ranked_by="self_confidence")
ranks = np.zeros(len(truth))
for place, index in enumerate(found):
    ranks[index] = len(found) - place
print(json.dumps([average_precision_score(given["changed"], values) for values in (-scores[0], -scores[1], ranks)]))
