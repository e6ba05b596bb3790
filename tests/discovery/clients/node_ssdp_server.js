// Server of node-ssdp, with the UUID, the address and the type of device that are named.

const { Server } = require("node-ssdp");

const [id, address, type] = process.argv.slice(2);
const server = new Server({ location: `http://${address}:8080/device.xml`, udn: `uuid:${id}` });
server.addUSN("upnp:rootdevice");
server.addUSN(type);
server.start();
