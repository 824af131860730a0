"""The figure that only the sorting study has."""

from matplotlib.figure import Figure


def race(tables):
    """Name and figure: seconds of each algorithm, from the fastest."""
    figure = Figure(figsize=(7.2, 3))
    axis = figure.subplots()
    medians = tables.ranked.groupby("method")["median"].median().sort_values()
    axis.barh(medians.index, medians)
    axis.set_xlabel("seconds")
    figure.suptitle(tables.title("who sorts fastest"))
    yield "race", figure
