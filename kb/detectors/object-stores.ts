import { lineDetector } from './line-patterns.ts';

const aws = 'https://github.com/boto/botocore/blob/develop/botocore/exceptions.py';
const s3 = 'https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html';
const gcp = 'https://github.com/googleapis/python-api-core/blob/main/google/api_core/exceptions.py';
const azure = 'https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes';

/** Requests to object stores: no key, the wrong one, nothing under the name, no way there, or bytes that are not the right ones. */
export const objectStores = lineDetector('object-stores', [
  {
    id: 'object-store.credentials.none',
    summary: 'a client of an object store was given no credentials',
    role: 'cause',
    weighs: { 'user-code-error': 3, 'permission-misconfig': 2.2 },
    source: aws,
    literals: [
      'unable to locate credentials',
      'nocredentialserror',
      'partialcredentialserror',
      'defaultcredentialserror',
      'could not find default credentials',
      'no signing credentials available',
      'unable to load credentials from any',
      'how to establish security credentials',
      'profilenotfound: ',
      'credentialunavailableerror',
      'defaultazurecredential failed to retrieve',
    ],
    pattern:
      /(?:fatal error|Error): Unable to locate credentials|\b(?:NoCredentials|PartialCredentials|DefaultCredentials|CredentialUnavailable)Error: |could not find default credentials|No signing credentials available|Unable to load credentials from any (?:of the )?providers|could not determine how to establish security credentials|\bProfileNotFound: |DefaultAzureCredential failed to retrieve a token/,
    sees: [
      'botocore.exceptions.NoCredentialsError: Unable to locate credentials',
      'fatal error: Unable to locate credentials',
      'google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found.',
      'Error: Failed to mount bucket: No signing credentials available, see CRT debug logs',
      's3fs: could not determine how to establish security credentials.',
    ],
    ignores: ['botocore.credentials: Found credentials in shared credentials file: ~/.aws/credentials'],
  },
  {
    id: 'object-store.credentials.refused',
    summary: 'an object store does not accept the key, the token or the right of its client',
    role: 'cause',
    weighs: { 'permission-misconfig': 3.4, 'user-code-error': 1.8 },
    source: s3,
    literals: [
      'when calling the',
      'access key id you provided does not exist',
      'unauthorizedssotokenerror',
      'tokenretrievalerror',
      'clientauthenticationerror',
      'invalid credentials - result of checking service',
      'aws error access_denied',
      'googleapi: error 40',
      'exceptions.forbidden: 403',
      'exceptions.unauthorized: 401',
      'http response code 403',
      'caller does not have storage.',
      'client error: forbidden: access denied',
      'failed to authenticate credentials for azstorage',
    ],
    pattern:
      /An error occurred \((?:ExpiredToken(?:Exception)?|RequestExpired|InvalidAccessKeyId|InvalidToken|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClientException|TokenRefreshRequired|AuthFailure|Forbidden|40[13])\) when calling the|Access Key Id you provided does not exist|\b(?:UnauthorizedSSOToken|TokenRetrieval|ClientAuthentication)Error: |invalid credentials - result of checking service|AWS Error ACCESS_DENIED|googleapi: Error 40[13]: |exceptions\.(?:Forbidden: 403|Unauthorized: 401) |HTTP response code 403\b|caller does not have storage\.\w{1,20}\.\w{1,20} access|Client error: Forbidden: Access Denied|failed to authenticate credentials for azstorage/,
    sees: [
      'botocore.exceptions.ClientError: An error occurred (ExpiredToken) when calling the ListObjectsV2 operation: The provided token has expired.',
      'botocore.exceptions.ClientError: An error occurred (403) when calling the HeadObject operation: Forbidden',
      'OSError: AWS Error ACCESS_DENIED during HeadObject operation: No response body.',
      'SetUpBucket: Error in iterating through objects: googleapi: Error 403: Forbidden',
      'azure.core.exceptions.ClientAuthenticationError: Server failed to authenticate the request.',
    ],
    ignores: [
      'botocore.exceptions.ClientError: An error occurred (404) when calling the HeadObject operation: Not Found',
    ],
  },
  {
    id: 'object-store.credentials.service-silent',
    summary: 'the service of the machine that hands out credentials does not answer',
    role: 'cause',
    weighs: { 'permission-misconfig': 1.8, 'firewall-blocked': 1.8, 'user-code-error': 0.8 },
    source: aws,
    literals: [
      'failed to retrieve http://metadata',
      'failed during mandatory refresh',
      'metadataretrievalerror',
      'credentialretrievalerror',
      'imds query failed',
      'no response from the imds endpoint',
    ],
    pattern:
      /(?:Transport|Refresh)Error: \(?'?Failed to retrieve http:\/\/metadata|temporary credentials failed during mandatory refresh|\b(?:Metadata|Credential)RetrievalError: |IMDS query failed: |no response from the IMDS endpoint/,
    sees: [
      'google.auth.exceptions.TransportError: Failed to retrieve http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/?recursive=true from the Google Compute Engine metadata service.',
      'WARNING:botocore.credentials:Refreshing temporary credentials failed during mandatory refresh period.',
    ],
    ignores: ['Compute Engine Metadata server unavailable on attempt 1 of 3. Reason: timed out'],
  },
  {
    id: 'object-store.object.missing',
    summary: 'there is no object, bucket or container of that name',
    role: 'cause',
    weighs: { 'user-code-error': 4.2, 'shared-fs-problem': 0.3 },
    source: s3,
    literals: [
      'an error occurred (no',
      'an error occurred (404)',
      'exceptions.notfound: 404',
      'errorcode:containernotfound',
      'errorcode:blobnotfound',
      'http response code 404',
      'aws error no_such_',
      'aws error resource_not_found',
      'invalidrange) when calling',
      'bucket does not exist',
    ],
    pattern:
      /An error occurred \((?:NoSuchKey|NoSuchBucket|NoSuchUpload|404)\) when calling|InvalidRange\) when calling|exceptions\.NotFound: 404 |ErrorCode:(?:Container|Blob)NotFound|executing an HTTP request: HTTP response code 404|AWS Error (?:NO_SUCH_(?:KEY|BUCKET)|RESOURCE_NOT_FOUND)|[Bb]ucket does not exist/,
    sees: [
      'botocore.errorfactory.NoSuchKey: An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.',
      'botocore.exceptions.ClientError: An error occurred (404) when calling the HeadObject operation: Not Found',
      'google.api_core.exceptions.NotFound: 404 GET https://storage.googleapis.com/storage/v1/b/data: Not Found',
      'azure.core.exceptions.ResourceNotFoundError: The specified container does not exist. ErrorCode:ContainerNotFound',
    ],
    ignores: ['requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://example.org'],
  },
  {
    id: 'object-store.endpoint.unreachable',
    summary: 'the address of an object store cannot be reached or resolved from this node',
    role: 'cause',
    weighs: { 'firewall-blocked': 2.2, 'user-code-error': 1.6, 'shared-fs-problem': 1.2, 'facility-fault': 0.3 },
    source: aws,
    literals: [
      'could not connect to the endpoint url',
      'cannot connect to host',
      'curlcode: 6',
      'curlcode: 7',
      'curlcode: 28',
      'libcurl code 6',
      'libcurl code 7',
      'libcurl code 28',
    ],
    pattern:
      /Could not connect to the endpoint URL|Cannot connect to host (?:[\w.-]{0,120}(?:amazonaws\.com|googleapis\.com|core\.windows\.net|r2\.cloudflarestorage\.com|aliyuncs\.com|oraclecloud\.com)|s3[\w.-]{1,120}):\d|curlCode: (?:6|7|28)\b|libcurl code (?:6|7|28) meaning/,
    sees: [
      'botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "https://data.s3.us-east-1.amazonaws.com/ckpt"',
      'aiohttp.client_exceptions.ClientConnectorDNSError: Cannot connect to host storage.googleapis.com:443 ssl:default [Temporary failure in name resolution]',
      'OSError: AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 28, Timeout was reached',
    ],
    ignores: ['aiohttp.client_exceptions.ClientConnectorError: Cannot connect to host 10.0.0.5:8000 ssl:default'],
  },
  {
    id: 'object-store.connection.cut',
    summary: 'an object store ended the connection before the whole answer had come',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2, 'firewall-blocked': 0.5, 'user-code-error': 0.4, 'facility-fault': 0.3 },
    source: aws,
    literals: [
      'connection was closed before we received',
      'responsestreamingerror',
      'azure.core.exceptions.serviceresponseerror',
      'azure.core.exceptions.incompletereaderror',
      'botocore.exceptions.incompletereaderror',
    ],
    pattern:
      /^(?![^\n]{0,400}(?:[Rr]etrying|will retry))[^\n]{0,400}?(?:Connection was closed before we received a valid response|\bResponseStreamingError: |azure\.core\.exceptions\.(?:ServiceResponse|IncompleteRead)Error: |botocore\.exceptions\.IncompleteReadError: )/,
    sees: [
      'botocore.exceptions.ConnectionClosedError: Connection was closed before we received a valid response from endpoint URL: "https://data.s3.amazonaws.com/ckpt".',
      "botocore.exceptions.ResponseStreamingError: An error occurred while reading from response stream: ('Connection broken: ConnectionResetError(104)')",
    ],
    ignores: ['http.client.IncompleteRead: IncompleteRead(0 bytes read)'],
  },
  {
    id: 'object-store.bytes.wrong',
    summary: 'what came from, or went to, an object store is not what its checksum says',
    role: 'cause',
    weighs: { 'shared-fs-problem': 2, 'checkpoint-corruption': 1.8, 'host-hardware-fault': 0.5 },
    source: gcp,
    literals: [
      'flexiblechecksumerror',
      'datacorruption: checksum mismatch',
      'gcsfs.retry.checksumerror',
      'did not match calculated checksum',
      'part integrity check failed',
      'integrity check failed',
      '(baddigest) when calling',
    ],
    pattern:
      /\bFlexibleChecksumError: |DataCorruption: Checksum mismatch|gcsfs\.retry\.ChecksumError|did not match calculated checksum|(?:read failed|get object request failed): [^\n]{0,40}integrity check failed|\(BadDigest\) when calling/,
    sees: [
      'botocore.exceptions.FlexibleChecksumError: Expected checksum a1 did not match calculated checksum: b2',
      'google.resumable_media.common.DataCorruption: Checksum mismatch while downloading:',
      'part read failed: integrity check failed',
    ],
    ignores: ['checksum of the upload verified'],
  },
  {
    // S3 and STS refuse what was signed more than a quarter of an hour away.
    id: 'object-store.clock.too-far-off',
    summary: 'a cloud refuses requests because the clock of this host is wrong',
    role: 'cause',
    weighs: { unlisted: 3, 'user-code-error': 0.6 },
    source: azure,
    literals: [
      'requesttimetooskewed',
      'the request time and the current time is too large',
      'signature not yet current',
    ],
    pattern: /RequestTimeTooSkewed|the request time and the current time is too large|Signature not yet current: /,
    sees: [
      'botocore.exceptions.ClientError: An error occurred (RequestTimeTooSkewed) when calling the GetObject operation: The difference between the request time and the current time is too large.',
    ],
    ignores: ['request time 12 ms'],
  },
]);
