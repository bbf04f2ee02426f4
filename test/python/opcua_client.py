"""A client of the station's OPC UA server, for tests; prints one line of JSON.

opcua_client.py certificate FOLDER
opcua_client.py inspect FOLDER URL USER PASSWORD PART
opcua_client.py look FOLDER URL USER PASSWORD       (no user: anonymous, without a certificate)
"""

import asyncio
import json
import logging
import sys
from pathlib import Path

from asyncua import Client, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from cryptography.x509.oid import ExtendedKeyUsageOID

logging.disable(logging.CRITICAL)
URI = "http://opcfoundation.org/UA/MachineVision"
APPLICATION = "urn:golden-sample:test-client"
PATIENCE = 60
RESULT_READY_EVENT_TYPE = 1024
TRIMMED_STRING = 3017
HANDLE = 3018


async def certificate(folder):
    key, cert = Path(folder) / "client.pem", Path(folder) / "client.der"
    usage = [ExtendedKeyUsageOID.CLIENT_AUTH]
    names = {"countryName": "DE", "organizationName": "test", "commonName": "test client"}
    await setup_self_signed_certificate(key, cert, APPLICATION, "localhost", usage, names)
    return {"certificate": str(cert)}


async def connected(folder, url, user, password):
    client = Client(url, timeout=PATIENCE)
    client.application_uri = APPLICATION
    if user:
        key, cert = Path(folder) / "client.pem", Path(folder) / "client.der"
        await client.set_security(SecurityPolicyBasic256Sha256, str(cert), str(key))
        client.set_user(user)
        client.set_password(password)
    await client.connect()
    # asyncua knows neither of these two simple types, and so none of the structures that they are in.
    space = await client.get_namespace_index(URI)
    ua.basetype_by_datatype[ua.NodeId(TRIMMED_STRING, space)] = "String"
    ua.basetype_by_datatype[ua.NodeId(HANDLE, space)] = "UInt32"
    await client.load_data_type_definitions()
    return client


async def nodes(client):
    space = await client.get_namespace_index(URI)
    own = await client.nodes.objects.get_children()
    (system,) = [node for node in own if (await node.read_browse_name()).Name == "VisionSystem"]
    machine = await system.get_child(f"{space}:VisionStateMachine")
    automatic = await machine.get_child(f"{space}:AutomaticModeStateMachine")
    return space, system, machine, automatic


async def state(machine, automatic):
    outer = (await (await machine.get_child("0:CurrentState")).read_value()).Text
    inner = (await (await automatic.get_child("0:CurrentState")).read_value()).Text
    return [outer, inner]


async def start_job(space, automatic, part):
    arguments = [
        ua.MeasIdDataType(Id=""),
        ua.PartIdDataType(Id=part),
        ua.RecipeIdExternalDataType(Id=""),
        ua.ProductIdDataType(Id=""),
    ]
    empty = ua.Variant([], ua.VariantType.Variant, is_array=True)
    return await automatic.call_method(f"{space}:StartSingleJob", *arguments, empty)


class Events:
    def __init__(self):
        self.queue = asyncio.Queue()

    def event_notification(self, event):
        self.queue.put_nowait(event)

    async def of_job(self, job):
        """The result of this one; what others have started has results, too."""
        while True:
            event = await self.queue.get()
            if event.JobId.Id == job:
                return event


async def inspect(folder, url, user, password, part):
    client = await connected(folder, url, user, password)
    async with client:
        space, system, machine, automatic = await nodes(client)
        while await state(machine, automatic) != ["Operational", "Ready"]:
            await asyncio.sleep(0.1)
        kind = client.get_node(ua.NodeId(RESULT_READY_EVENT_TYPE, space))
        events = Events()
        subscription = await client.create_subscription(50, events)
        await subscription.subscribe_events(client.nodes.server, kind)
        job, error = await start_job(space, automatic, part)
        answer = {"job": job.Id, "error": error}
        if error == 0:
            event = await asyncio.wait_for(events.of_job(job.Id), PATIENCE)
            management = await system.get_child(f"{space}:ResultManagement")
            arguments = [event.ResultId, ua.Variant(0, ua.VariantType.Int32)]
            _, result, _ = await management.call_method(f"{space}:GetResultById", *arguments)
            answer["event"] = {"id": event.ResultId.Id, "part": event.PartId.Id, "job": event.JobId.Id}
            answer["result"] = {
                "id": result.ResultId.Id,
                "part": result.PartId.Id,
                "recipe": result.InternalRecipeId.Id,
                "state": int(result.ResultState),
                "content": [item.Value if isinstance(item, ua.Variant) else item for item in result.ResultContent],
            }
        return answer


async def look(folder, url, user="", password=""):
    client = await connected(folder, url, user, password)
    async with client:
        space, _, machine, automatic = await nodes(client)
        answer = {"state": await state(machine, automatic)}
        try:
            await start_job(space, automatic, "nobody's")
            answer["job"] = "started"
        except ua.UaError as refused:
            answer["job"] = type(refused).__name__
        return answer


async def main():
    command, *arguments = sys.argv[1:]
    try:
        answer = await {"certificate": certificate, "inspect": inspect, "look": look}[command](*arguments)
    except Exception as refused:  # asyncua fails an assertion where the server closes the channel
        answer = {"refused": type(refused).__name__, "why": str(refused)}
    print(json.dumps(answer))


asyncio.run(main())
