import { lineDetector } from './line-patterns.ts';

/** The node of a graph at which TensorFlow stopped, as it stands below the error. */
export const graphNodes = lineDetector('graph-nodes', [
  {
    // Before the first step: variables get their first values, and the optimizer its own for each of them.
    id: 'tensorflow.node.initializer',
    summary: 'TensorFlow stopped at the first value of a variable',
    role: 'context',
    weighs: {},
    source: 'https://github.com/tensorflow/tensorflow/blob/v1.15.0/tensorflow/python/ops/variables.py',
    literals: ['[[node', '[[{{node', 'caused by op'],
    pattern:
      /(?:\[\[(?:Node:|\{\{node)|Caused by op u?')\s?[\w./:-]{0,200}?\/(?:Initializer\/|initial_value\b|Assign\b)/i,
    sees: [
      '\t [[Node: conv1/biases/Adam/Initializer/zeros = Const[dtype=DT_FLOAT, _device="/job:localhost/replica:0/task:0/gpu:0"]()]]',
      '\t [[{{node dense/kernel/Assign}}]]',
      "Caused by op u'fc6/weights/Momentum/Initializer/zeros', defined at:",
    ],
    ignores: ['\t [[{{node gradients/conv1/Conv2D_grad/Conv2DBackpropFilter}}]]'],
  },
]);
