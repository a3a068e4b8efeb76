import {
  BinaryPayloadConverter,
  CompositePayloadConverter,
  JsonPayloadConverter,
  UndefinedPayloadConverter,
  type Payload,
  type PayloadConverterWithEncoding,
} from '@temporalio/common';

/**
 * The Web UI can send a signal as `json/protobuf`. The default converter throws on it, which wedges the workflow
 * until a reset; here such a payload, and any other unreadable one, arrives as a value that the handlers refuse
 * visibly.
 */
class LenientJsonConverter implements PayloadConverterWithEncoding {
  readonly encodingType: string;

  constructor(encodingType: string) {
    this.encodingType = encodingType;
  }

  toPayload(): undefined {
    return undefined;
  }

  fromPayload<T>(payload: Payload): T {
    // The handlers take `unknown`; T is whatever the caller says, as in every payload converter.
    return parseOrExplain(payload.data) as T;
  }
}

/** JSON that may be broken: a signal's handler must never throw on it. */
class TolerantJsonConverter extends JsonPayloadConverter {
  override fromPayload<T>(payload: Payload): T {
    // As above.
    return parseOrExplain(payload.data) as T;
  }
}

function parseOrExplain(data: Uint8Array | null | undefined): unknown {
  const text = decodeUtf8(data ?? new Uint8Array());
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { undecodable: text.slice(0, 100) };
  }
}

/** `TextDecoder` exists in the workflow sandbox and in Node alike. */
function decodeUtf8(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

/** Also for an encoding that nobody knows: one such signal must not stop the workflow that receives it. */
class LenientConverter extends CompositePayloadConverter {
  override fromPayload<T>(payload: Payload): T {
    try {
      return super.fromPayload<T>(payload);
    } catch {
      // As above.
      return { undecodable: 'an encoding that is not known here' } as T;
    }
  }
}

export const payloadConverter = new LenientConverter(
  new UndefinedPayloadConverter(),
  new BinaryPayloadConverter(),
  new TolerantJsonConverter(),
  new LenientJsonConverter('json/protobuf'),
);
