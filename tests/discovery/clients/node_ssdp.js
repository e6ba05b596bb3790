// Client of node-ssdp: prints a line for each target.

const { Client } = require("node-ssdp");

const client = new Client();
client.on("response", (headers) => console.log(headers.USN, headers.ST));
client.search("ssdp:all");
setTimeout(() => process.exit(), Number(process.argv[2]) * 1000);
