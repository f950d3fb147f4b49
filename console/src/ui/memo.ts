// A component that is drawn again only when one of its properties is another value.
import { Component, h, type ComponentType, type FunctionComponent } from 'preact';

export function memo<P extends object>(inner: FunctionComponent<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const before = this.props as Record<string, unknown>;
      const after = next as Record<string, unknown>;
      return [...new Set([...Object.keys(before), ...Object.keys(after)])].some((name) => before[name] !== after[name]);
    }
    override render() {
      return h(inner, this.props as P);
    }
  };
}
