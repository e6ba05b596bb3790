"""Search of async-upnp-client: prints a line for each target whose device has a description that it takes."""

import asyncio
import sys

from async_upnp_client.aiohttp import AiohttpRequester
from async_upnp_client.client_factory import UpnpFactory
from async_upnp_client.search import async_search

seconds = int(sys.argv[1])


async def main():
    factory = UpnpFactory(AiohttpRequester())

    async def found(headers):
        device = await factory.async_create_device(headers["LOCATION"])
        print(headers["USN"], headers["ST"], device.udn)

    await async_search(found, timeout=seconds, search_target="ssdp:all")


asyncio.run(main())
