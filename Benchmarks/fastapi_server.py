"""The peer of `lepton serve`: FastAPI and ONNX Runtime, as one writes it by hand.

    LENET=lenet.onnx uvicorn fastapi_server:app --workers 2

Takes the same two requests: JSON with the elements as numbers, and the Open Inference Protocol's binary tensors.
"""

import json
import os

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

options = ort.SessionOptions()
options.intra_op_num_threads = int(os.environ.get("ORT_THREADS", "1"))
session = ort.InferenceSession(os.environ["LENET"], options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
output = session.get_outputs()[0].name
app = FastAPI()


class Tensor(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class Infer(BaseModel):
    inputs: list[Tensor]


@app.post("/v2/models/lenet/infer")
def infer(body: Infer):
    tensor = body.inputs[0]
    x = np.asarray(tensor.data, dtype=np.float32).reshape(tensor.shape)
    y = session.run(None, {name: x})[0]
    return {"model_name": "lenet", "outputs": [
        {"name": output, "datatype": "FP32", "shape": list(y.shape), "data": y.ravel().tolist()}]}


@app.post("/v2/models/lenet/infer_binary")
async def infer_binary(request: Request):
    body = await request.body()
    count = int(request.headers["inference-header-content-length"])
    tensor = json.loads(body[:count])["inputs"][0]
    x = np.frombuffer(body, np.float32, offset=count).reshape(tensor["shape"])
    y = session.run(None, {name: x})[0]
    return Response(
        json.dumps({"model_name": "lenet", "outputs": [
            {"name": output, "datatype": "FP32", "shape": list(y.shape), "data": y.ravel().tolist()}]}),
        media_type="application/json")
