// SCIMMY on a free loopback port. Ours is only what SCIMMY leaves to its user: a store in memory, unique names, the
// token. Filters, PATCH, paging and errors are its own.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const { Resources, Types } = SCIMMY;

/** Declare a resource type over a store of our own; `name` is the attribute that nobody may have twice. */
function keep(Resource, name) {
  const stored = new Map();

  Resources.declare(Resource)
    .egress((resource) => {
      const all = [...stored.values()];
      if (!resource.id) return resource.filter ? resource.filter.match(all) : all;
      if (!stored.has(resource.id)) throw new Types.Error(404, null, `${resource.id} not found`);
      return stored.get(resource.id);
    })
    .ingress((resource, data) => {
      const id = resource.id ?? randomUUID();
      if (resource.id && !stored.has(id)) throw new Types.Error(404, null, `${id} not found`);
      const wanted = String(data[name]).toLowerCase();
      const taken = [...stored.values()].some((each) => each.id !== id && String(each[name]).toLowerCase() === wanted);
      if (taken) throw new Types.Error(409, "uniqueness", `${name} is taken`);
      const now = new Date().toISOString();
      const created = stored.get(id)?.meta.created ?? now;
      stored.set(id, { ...JSON.parse(JSON.stringify(data)), id, meta: { created, lastModified: now } });
      return stored.get(id);
    })
    .degress((resource) => {
      if (!stored.delete(resource.id)) throw new Types.Error(404, null, `${resource.id} not found`);
    });
}

keep(Resources.User, "userName");
keep(Resources.Group, "displayName");

const expected = `Bearer ${process.env.CONFORMANCE_TOKEN}`;
const handler = (request) => {
  if (request.header("Authorization") !== expected) throw new Error("Authorization not detected!");
  return "provisioner";
};

const server = express()
  .use("/scim", new SCIMMYRouters({ type: "bearer", handler }))
  .listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/scim`));
