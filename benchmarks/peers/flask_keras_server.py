"""The old design: Flask's own server around a Keras MobileNetV2 and ``model.predict``.

python flask_keras_server.py PORT
"""

import base64
import io
import sys

import flask
import numpy as np
import tensorflow as tf
from PIL import Image

app = flask.Flask(__name__)
model = tf.keras.applications.MobileNetV2(weights=None, classes=2)


@app.post("/predict")
def predict() -> flask.Response:
    """Answer with the fields that the old server had."""
    data = base64.b64decode(flask.request.get_json()["image"])
    image = Image.open(io.BytesIO(data)).convert("RGB").resize((224, 224))
    batch = np.asarray(image, np.float32)[None] / 127.5 - 1
    probabilities = model.predict(batch, verbose=0)[0]
    prediction = {
        "predicted_class": ("Benign", "Malignant")[int(probabilities.argmax())],
        "confidence": float(probabilities.max()),
        "all_probabilities": probabilities.tolist(),
    }
    return flask.jsonify({"success": True, "prediction": prediction})


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
