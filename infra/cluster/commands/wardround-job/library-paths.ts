/** Where a second build of NCCL lies that somebody put before the image's own. */
export const oldNcclFolder = '/opt/nccl/lib';
