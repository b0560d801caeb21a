# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tasks of Celery that sign messages; queue and results are files. `tasks.py MESSAGE` asks a worker."""
import hmac
import os
import sys

from celery import Celery

from osmemlock import LockedBuffer

FOLDER = os.environ["QUEUE"]
app = Celery("tasks", broker="filesystem://", backend=f"file://{FOLDER}/results")
app.conf.broker_transport_options = {
    "data_folder_in": f"{FOLDER}/queue", "data_folder_out": f"{FOLDER}/queue", "control_folder": f"{FOLDER}/control",
}
app.conf.worker_hijack_root_logger = False
app.conf.broker_connection_retry_on_startup = False
if __name__ != "__main__":  # in the worker, before it forks its pool
    key = LockedBuffer.from_file(os.environ["KEY_FILE"], fork=os.environ["KEY_FORK"])


@app.task(name="sign")
def sign(message):
    return f"{os.getpid()} {hmac.digest(key, message.encode(), 'sha256').hex()}"


if __name__ == "__main__":
    print(sign.delay(sys.argv[1]).get(timeout=100))
