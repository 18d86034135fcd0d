/* Matrix products in the shapes of one step of the engine, for a processor with AVX2 or better.

   Six rows times sixteen columns of the result stay in registers, which is as many as sixteen
   registers of eight numbers allow. Compiled and called by measure.py. */

typedef float eight __attribute__((vector_size(32)));
typedef float eight_anywhere __attribute__((vector_size(32), aligned(4)));
#define LOAD(p) (*(const eight_anywhere *)(p))
#define STORE(p) (*(eight_anywhere *)(p))

/* result (n_rows, 16 columns) = a (n_rows, depth) times b (depth, 16 columns, packed) */
static inline __attribute__((always_inline)) void multiply_tile(
    int n_rows, const float *a, int a_width, long depth, const float *b, float *result, int width)
{
    eight sums[6][2];
    for (int i = 0; i < n_rows; i++) sums[i][0] = sums[i][1] = (eight){0};
    for (long k = 0; k < depth; k++) {
        eight left = LOAD(b + 16 * k), right = LOAD(b + 16 * k + 8);
        for (int i = 0; i < n_rows; i++) {
            eight factor = (eight){0} + a[i * a_width + k];
            sums[i][0] += factor * left;
            sums[i][1] += factor * right;
        }
    }
    for (int i = 0; i < n_rows; i++) {
        STORE(result + i * width) = sums[i][0];
        STORE(result + i * width + 8) = sums[i][1];
    }
}

/* result = a b; b lies in panels of 16 columns, each (depth, 16) */
void multiply(const float *a, int n_rows, int depth, const float *panels, int width, float *result)
{
    for (int j = 0; j < width; j += 16) {
        const float *b = panels + (long)j * depth;
        int i = 0;
        for (; i + 6 <= n_rows; i += 6)
            multiply_tile(6, a + i * depth, depth, depth, b, result + i * width + j, width);
        for (; i < n_rows; i++)
            multiply_tile(1, a + i * depth, depth, depth, b, result + i * width + j, width);
    }
}

/* sums (n_rows, 16 columns) += transposed a (depth, n_rows) times b (depth, 16 columns) */
static inline __attribute__((always_inline)) void add_tile(
    int n_rows, const float *a, int a_width, long depth, const float *b, int width, float *total)
{
    eight sums[6][2];
    for (int i = 0; i < n_rows; i++) {
        sums[i][0] = LOAD(total + i * width);
        sums[i][1] = LOAD(total + i * width + 8);
    }
    for (long k = 0; k < depth; k++) {
        eight left = LOAD(b + k * width), right = LOAD(b + k * width + 8);
        for (int i = 0; i < n_rows; i++) {
            eight factor = (eight){0} + a[k * a_width + i];
            sums[i][0] += factor * left;
            sums[i][1] += factor * right;
        }
    }
    for (int i = 0; i < n_rows; i++) {
        STORE(total + i * width) = sums[i][0];
        STORE(total + i * width + 8) = sums[i][1];
    }
}

/* total (n_rows, width) += transposed a (depth, n_rows) times b (depth, width) */
void add_product(const float *a, int n_rows, int depth, const float *b, int width, float *total)
{
    for (int j = 0; j < width; j += 16) {
        int i = 0;
        for (; i + 6 <= n_rows; i += 6)
            add_tile(6, a + i, n_rows, depth, b + j, width, total + i * width + j);
        for (; i < n_rows; i++)
            add_tile(1, a + i, n_rows, depth, b + j, width, total + i * width + j);
    }
}
