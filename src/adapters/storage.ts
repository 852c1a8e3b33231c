import type { Store } from "../core/ports.ts";

/** The part of `localStorage` and `sessionStorage` that is used. */
export interface WebStorage {
  /** The text that is kept under the key, or null. */
  getItem(key: string): string | null;
  /** Keeps a text, in place of what was there. */
  setItem(key: string, value: string): void;
  /** Forgets it. */
  removeItem(key: string): void;
}

/**
 * Keeps tokens in web storage. Every script of the origin can read them there: prefer memory, or
 * `indexedDbStore()` with `dpop`, where that matters.
 *
 * @param storage `localStorage` or `sessionStorage`.
 */
export function webStore(storage: WebStorage): Store {
  return {
    persistent: true,
    get(key) {
      try {
        return JSON.parse(storage.getItem(key) ?? "null") ?? undefined;
      } catch {
        return undefined;
      }
    },
    set: (key, value) => storage.setItem(key, JSON.stringify(value)),
    delete: (key) => storage.removeItem(key),
  };
}

/** Keeps tokens in IndexedDB, and keys of DPoP that cannot be exported. */
export function indexedDbStore(name = "mcp-rivulet"): Store {
  let opened: Promise<IDBDatabase> | undefined;
  const open = (): Promise<IDBDatabase> => {
    opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("values");
      request.onsuccess = () => {
        // Another tab may want to delete the database; the next use opens it again.
        request.result.onversionchange = () => {
          request.result.close();
          opened = undefined;
        };
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
    }).catch((error) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  async function run(
    mode: IDBTransactionMode,
    act: (values: IDBObjectStore) => IDBRequest,
  ): Promise<unknown> {
    const transaction = (await open()).transaction("values", mode);
    const request = act(transaction.objectStore("values"));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  }
  return {
    persistent: true,
    keys: true,
    get: (key) => run("readonly", (values) => values.get(key)),
    set: async (key, value) => void (await run("readwrite", (values) => values.put(value, key))),
    delete: async (key) => void (await run("readwrite", (values) => values.delete(key))),
  };
}
