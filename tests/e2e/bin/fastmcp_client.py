# SPDX-License-Identifier: Apache-2.0
"""fastmcp_client.py URL CALLBACK_PORT FOLDER METHOD ARGUMENTS: one request with FastMCP's own client."""

import asyncio
import json
import pathlib
import sys

from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.filetree import (
    FileTreeStore,
    FileTreeV1CollectionSanitizationStrategy,
    FileTreeV1KeySanitizationStrategy,
)


async def main(url: str, port: str, folder: str, method: str, arguments: str):
    pathlib.Path(folder).mkdir(exist_ok=True)
    store = FileTreeStore(
        data_directory=folder,
        key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(pathlib.Path(folder)),
        collection_sanitization_strategy=FileTreeV1CollectionSanitizationStrategy(pathlib.Path(folder)),
    )
    oauth = OAuth(callback_port=int(port), callback_timeout=30, token_storage=store)
    async with Client(url, auth=oauth) as client:
        if method == "tools/list":
            return [tool.name for tool in await client.list_tools()]
        result = await client.call_tool(method, json.loads(arguments), raise_on_error=False)
        return {"isError": result.is_error, "text": "\n".join(part.text for part in result.content)}


print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
