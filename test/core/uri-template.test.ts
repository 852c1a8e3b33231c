import { expandTemplate, isMcpError, type UriVariable } from "mcp-rivulet";
import { describe, expect, it } from "vitest";

/** The variables of RFC 6570, section 3.2. */
const variables: { [name: string]: UriVariable } = {
  count: ["one", "two", "three"],
  dom: ["example", "com"],
  dub: "me/too",
  hello: "Hello World!",
  half: "50%",
  var: "value",
  who: "fred",
  base: "http://example.com/home/",
  path: "/foo/bar",
  list: ["red", "green", "blue"],
  keys: { semi: ";", dot: ".", comma: "," },
  v: 6,
  x: 1024,
  y: 768,
  empty: "",
  empty_keys: {},
  undef: null,
};

describe("expandTemplate", () => {
  it.each([
    ["{count*}", "one,two,three"],
    ["{/count*}", "/one/two/three"],
    ["{;count}", ";count=one,two,three"],
    ["{&count*}", "&count=one&count=two&count=three"],
    ["{hello}", "Hello%20World%21"],
    ["O{empty}X", "OX"],
    ["O{undef}X", "OX"],
    ["{x,hello,y}", "1024,Hello%20World%21,768"],
    ["?{x,undef}", "?1024"],
    ["{var:30}", "value"],
    ["{+path}/here", "/foo/bar/here"],
    ["{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex"],
    ["{+path:6}/here", "/foo/b/here"],
    ["{+keys*}", "semi=;,dot=.,comma=,"],
    ["{#path:6}here", "#/foo/bhere"],
    ["www{.dom*}", "www.example.com"],
    ["{/var,x}/here", "/value/1024/here"],
    ["{;keys*}", ";semi=%3B;dot=.;comma=%2C"],
    ["{?x,y,empty}", "?x=1024&y=768&empty="],
    ["?fixed=yes{&x}", "?fixed=yes&x=1024"],
    ["books://by-id/{who}", "books://by-id/fred"],
    ["café://{var}", "caf%C3%A9://value"],
    ["no variables at all", "no%20variables%20at%20all"],
  ])("makes of %s %s", (template, uri) => {
    expect(expandTemplate(template, variables)).toBe(uri);
    expect(expandTemplate({ uriTemplate: template }, variables)).toBe(uri);
  });

  it.each([
    "a/{id",
    "a/id}",
    "a/{}",
    "a/{{id}}",
    "a/{id,}",
    "a/{id:0}",
    "a/{id:12345}",
    "a/{id*:3}",
    "a/{=id}",
    "a/{user-id}",
    "a/{ id }",
    "a/{a..b}",
    "a/{%zz}",
  ])("says that %s is malformed", (template) => {
    const wrong = () => expandTemplate(template, { id: "x" });
    expect(wrong).toThrow(expect.objectContaining({ code: "invalid_message" }));
    expect(wrong).toThrow(template);
  });

  it("does not fill in what no server needs the length of", () => {
    const long = "{id}".repeat(100_000);
    expect(() => expandTemplate(long, { id: "x" })).toThrow(
      expect.objectContaining({ code: "invalid_message", message: expect.stringContaining("too long") }),
    );
  });

  it("decides about a long template in no time", () => {
    const long = `{${"a.".repeat(50_000)}`;
    expect(() => expandTemplate(long)).toThrow(expect.objectContaining({ code: "invalid_message" }));
  });

  it("says that half a character cannot be part of a URI", () => {
    let error: unknown;
    try {
      expandTemplate("a/{id}", { id: "\ud83d" });
    } catch (caught) {
      error = caught;
    }
    expect(isMcpError(error, "invalid_message") && error.cause).toBeInstanceOf(URIError);
  });

  it("takes nothing from a prototype", () => {
    expect(expandTemplate("a/{constructor}/{__proto__}{toString}", {})).toBe("a//");
  });
});
