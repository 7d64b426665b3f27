"""What the repaint benchmark compares with: sliders, a prediction and a scatter, as a Streamlit tutorial builds them.

``streamlit run bench/streamlit_app.py -- FILE.csv``. It needs streamlit, scikit-learn, pandas and plotly, nothing of
Kindred.
"""

import sys

import pandas as pd
import plotly.express as px
import streamlit as st  # type: ignore[import-not-found]
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEGMENTS, DOTS = 5, 4_000


@st.cache_resource
def trained(path: str) -> tuple:
    numbers = pd.read_csv(path).select_dtypes("number")
    numbers = numbers.fillna(numbers.median())
    model = make_pipeline(StandardScaler(), KMeans(SEGMENTS, n_init=10, random_state=0)).fit(numbers)
    flat = make_pipeline(StandardScaler(), PCA(2)).fit(numbers)
    crowd = numbers.head(DOTS)
    dots = pd.DataFrame(flat.transform(crowd), columns=["x", "y"]).assign(segment=model.predict(crowd).astype(str))
    return numbers.describe(), model, flat, dots


spread, model, flat, dots = trained(sys.argv[1])
values = {
    name: st.slider(
        name, float(column["min"]), float(column["max"]), float(column["50%"]), (column["max"] - column["min"]) / 100
    )
    for name, column in spread.items()
}
customer = pd.DataFrame([values])
st.markdown(f"segment **{model.predict(customer)[0]}** of {sum(values.values()):.6f}")
here = pd.DataFrame(flat.transform(customer), columns=["x", "y"]).assign(segment="you")
st.plotly_chart(px.scatter(pd.concat([dots, here]), x="x", y="y", color="segment"))
