// Reports the link of the guide's page, and the trace ids in the responses that a script fetches.
// `?` is a value that the browser does not expose. The test defines the URLs of responses to read
// and those to which to send headers.

async function seen(url) {
  const measured = new Promise((resolve) => {
    new PerformanceObserver((list, observer) => {
      const entry = list.getEntriesByName(url)[0];
      if (entry) {
        observer.disconnect();
        resolve(entry);
      }
    }).observe({ type: "resource", buffered: true });
  });
  const response = await fetch(url);
  await response.text();
  const { serverTiming } = await measured;
  return [
    response.headers.get("x-kontur-trace-id") ?? "?",
    serverTiming.find(({ name }) => name === "trace")?.description.split("-")[1] ?? "?",
  ].join(" ");
}

/** Returns the response to a request with the headers, or the error if the browser blocks it. */
async function answer(url) {
  try {
    const response = await fetch(url, { method: "POST", headers, body: "{}" });
    return `${response.status} ${response.headers.get("x-kontur-trace-id")}`;
  } catch (error) {
    return error.name;
  }
}

const link = document.querySelector("#trace");
const lines = [`${link.textContent} ${link.href}`];
for (const url of read) {
  lines.push(await seen(url));
}
for (const url of sent) {
  lines.push(await answer(url));
}
await fetch("/report", { method: "POST", body: lines.join("\n") });
