// As much of React's types as the recipe needs: the package does not depend on React, not even to be tested.
declare module "react" {
  export function useState<T>(initial: T): [T, (next: T | ((before: T) => T)) => void];
  export function useState<T>(): [T | undefined, (next: T | undefined) => void];
  export function useRef<T>(initial: T | undefined): { current: T | undefined };
  export function useEffect(effect: () => () => void, dependencies: readonly unknown[]): void;
}
declare module "react/jsx-runtime" {
  interface Props<E> {
    key?: string;
    ref?: (element: E | null) => void;
    children?: unknown;
    action?: (data: FormData) => void;
    onClick?: () => void;
    onClose?: () => void;
    name?: string;
    type?: string;
    role?: string;
    required?: boolean;
    disabled?: boolean;
    "aria-label"?: string;
    "aria-busy"?: boolean;
  }
  export namespace JSX {
    type Element = object;
    type ElementType = string | ((props: never) => Element);
    interface ElementChildrenAttribute {
      children: unknown;
    }
    interface IntrinsicAttributes {
      key?: string;
    }
    type IntrinsicElements = { [name in keyof HTMLElementTagNameMap]: Props<HTMLElementTagNameMap[name]> };
  }
}
